" Vim syntax of renew; made by docs/editors.pl from grammar/*.def
if exists('b:current_syntax')
  finish
endif
syn iskeyword @,48-57,_,-
syn spell toplevel
syn match renewVerb /\<\%(authorizes\|activates\|undeploys\|backs-up\|replaces\|restarts\|restores\|switches\|accepts\|creates\|deletes\|deploys\|exports\|imports\|removes\|revokes\|checks\|starts\|agree\|gives\|stops\|tells\|waits\|gets\)\>/
syn match renewPreposition /\<\%(keeping\|before\|during\|within\|after\|until\|using\|from\|into\|with\|for\|as\|at\|by\|in\|of\|on\|to\)\>/
syn match renewControl /\<\%(otherwise\|together\|follow\|when\|and\|not\|or\)\>/
syn match renewConstant /\<\%(external-certificate\|client-certificate\|cloud-integration\|serial-and-issuer\|integration-flow\|undeploy-deploy\|client-secret\|certificate\|unreachable\|credential\|public-key\|sap-tenant\|trust-file\|handshake\|in-tenant\|nginx-map\|roll-back\|signature\|undecided\|user-role\|continue\|downtime\|evidence\|in-doubt\|optional\|redeploy\|required\|starting\|because\|command\|console\|ed25519\|haproxy\|in-safe\|overlap\|present\|refused\|request\|subject\|unknown\|waiting\|webhook\|absent\|apache\|author\|expiry\|failed\|format\|issuer\|manual\|person\|pkcs11\|pkcs12\|prompt\|sha256\|unused\|alias\|basic\|every\|jceks\|local\|never\|nginx\|oauth\|p-256\|p-384\|p-521\|regex\|times\|vault\|acme\|call\|done\|file\|json\|mail\|most\|redo\|sha1\|stop\|any\|api\|cmp\|der\|env\|est\|jks\|log\|pem\|rsa\|san\|tls\|web\|yes\|ec\|no\)\>/
syn match renewControl /\<for\s\+each\>/
syn match renewKey /^\s*\%(certificate\s\+from\s\+file\|restart\s\+with\s\+command\|caches\s\+keystore\s\+for\|reload\s\+with\s\+command\|sessions\s\+resume\s\+for\|start\s\+with\s\+command\|allow\s\+commands\s\+in\|expect\s\+message\s\+to\|stop\s\+with\s\+command\|caches\s\+trust\s\+for\|certificate\s\+file\|connections\s\+live\|max-key-validity\|verified\s\+by\s\+file\|expect\s\+accepted\|rsa-recommended\|trusted\s\+by\s\+file\|answers\s\+within\|applies\s\+within\|expect\s\+dropped\|expect\s\+present\|expect\s\+skipped\|label-expiring\|needs\s\+sign-off\|secret-command\|allow\s\+command\|allow\s\+finding\|change-number\|deny\s\+warnings\|drains\s\+within\|expect\s\+outage\|expect\s\+signed\|expect\s\+warned\|redirect-uris\|accepts-many\|deny\s\+finding\|expect\s\+begun\|expect\s\+order\|keep\s\+backups\|mail\s\+through\|max-validity\|organization\|retain\s\+until\|at\s\+any\s\+time\|grant-types\|kill\s\+before\|observed\s\+by\|trusts\s\+file\|aim\s\+within\|kill\s\+after\|mail\s\+login\|needs\s\+role\|on\s\+failure\|pins\s\+chain\|restart\s\+by\|trust\s\+file\|authorize\|begins\s\+at\|closes\s\+on\|direct\s\+to\|directory\|issued\s\+by\|parameter\|pins\s\+file\|rotate\s\+on\|seen\s\+from\|signed\s\+by\|starts\s\+on\|valid\s\+for\|artifact\|deadline\|endpoint\|evidence\|issue\s\+on\|keep\s\+key\|key\s\+file\|key-made\|key-size\|key-type\|keystore\|new-root\|offering\|password\|protocol\|sign-off\|accepts\|account\|command\|held\s\+by\|profile\|read\s\+by\|rotates\|rsa-min\|seal-to\|service\|subject\|answer\|change\|decide\|during\|expect\|folder\|forbid\|member\|pinned\|policy\|reject\|renews\|within\|after\|alias\|calls\|check\|every\|keeps\|label\|login\|names\|nodes\|owner\|proxy\|reach\|renew\|retry\|roles\|rrule\|fail\|file\|from\|kind\|mode\|name\|node\|plan\|skip\|undo\|user\|zone\|api\|key\|set\|url\|was\|at\|in\|of\|on\)\>\ze\%(\s\|$\)/
syn match renewKind /^\%(service-instance\|configuration\|abap-system\|certificate\|service-key\|credential\|procedure\|calendar\|keystore\|scenario\|pgp-key\|profile\|ssh-key\|freeze\|import\|secret\|system\|tenant\|window\|param\|space\|table\|flow\|plan\|role\|ca\)\>/ nextgroup=renewName skipwhite
syn match renewName /[a-z][a-z0-9-]*/ contained
syn match renewLabel /^\s*[a-z][a-z0-9-]*\ze\s*:/
syn match renewMember /[a-z0-9]\@1<=\.\%(communication-systems\|used-elsewhere\|certificate\|fingerprint\|keystore\|bundle\|rotate\|chain\|flows\|issue\|nodes\|start\|root\|end\|new\|old\|ca\)\>/
syn match renewNumber /\<\d[0-9:TZsmhdw-]*\>/
syn match renewEscape /\\./ contained
syn match renewInterpolation /${[a-z][a-z0-9.-]*}/ contained
syn region renewText start=/"/ skip=/\\./ end=/"/ oneline contains=renewEscape,renewInterpolation,@Spell
syn region renewText start=/"""/ end=/"""/ contains=renewEscape,renewInterpolation,@Spell
syn match renewComment /#.*/ contains=@Spell
syn match renewDoc /##.*/ contains=@Spell
syn sync minlines=200
hi def link renewComment Comment
hi def link renewConstant Constant
hi def link renewControl Conditional
hi def link renewDoc SpecialComment
hi def link renewEscape SpecialChar
hi def link renewInterpolation PreProc
hi def link renewKey Identifier
hi def link renewKind Keyword
hi def link renewLabel Label
hi def link renewMember Special
hi def link renewName Type
hi def link renewNumber Number
hi def link renewPreposition Operator
hi def link renewText String
hi def link renewVerb Function
let b:current_syntax = 'renew'
