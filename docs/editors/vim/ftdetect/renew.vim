" SPDX-License-Identifier: Apache-2.0
autocmd BufRead,BufNewFile *.renew,renew.conf setfiletype renew
