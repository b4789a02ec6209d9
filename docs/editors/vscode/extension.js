// SPDX-License-Identifier: Apache-2.0
// Starts `renew lsp`. Colours and brackets come from the files beside this one and need nothing of it.
'use strict';
const vscode = require('vscode');

let client;

async function start() {
  const path = vscode.workspace.getConfiguration('renew').get('path');
  if (!path) return;
  let language;
  try {
    language = require('vscode-languageclient/node');
  } catch {
    vscode.window.showWarningMessage(
      'renew: only colours. Run `npm install` in the folder of the extension for findings and completion.');
    return;
  }
  client = new language.LanguageClient('renew', 'renew',
    { command: path, args: ['lsp'], transport: language.TransportKind.stdio },
    { documentSelector: [{ language: 'renew' }] });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    vscode.window.showWarningMessage(
      `renew: \`${path} lsp\` did not start (${error.message}); only colours. The setting renew.path names the program.`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) await running.stop();
}

exports.activate = async (context) => {
  context.subscriptions.push(vscode.workspace.onDidChangeConfiguration(async (event) => {
    if (!event.affectsConfiguration('renew.path')) return;
    await stop();
    await start();
  }));
  await start();
};
exports.deactivate = stop;
