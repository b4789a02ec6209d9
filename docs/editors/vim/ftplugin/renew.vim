" SPDX-License-Identifier: Apache-2.0
setlocal commentstring=#\ %s comments=:##,:# shiftwidth=2 expandtab iskeyword+=-
setlocal errorformat=%f:%l:%c:\ %m makeprg=renew\ check\ --format\ plain\ %
let b:undo_ftplugin = 'setlocal commentstring< comments< shiftwidth< expandtab< iskeyword< errorformat< makeprg<'
