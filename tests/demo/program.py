# SPDX-License-Identifier: Apache-2.0
"""renew as a person uses it: commands typed in a terminal, their answers shown.

All output is printed indented and kept, so that the report can show the same lines.
"""
import os
import shlex
import shutil
import signal
import subprocess
import threading

from landscape import COMMANDS

WAITING = 5  # exit code: a person has to answer


class Program:
    """One renew with one store and the parameters of this landscape.

    outside: a folder outside the repository for renew.conf and the commands that it allows, as
    whoever may edit a plan must not be able to allow a command.
    """

    def __init__(self, binary, folder, outside, landscape, root):
        self.binary = binary
        self.root = root
        self.transcript = []
        commands, conf = outside / "commands.d", outside / "renew.conf"
        shutil.copytree(COMMANDS, commands)
        conf.write_text(f'renew 1\n\nallow commands in "{commands}"\n')
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
                            "NO_COLOR": "1", "USER": os.environ.get("USER", "demo"),
                            "RENEW_CONFIG": str(conf), "XDG_STATE_HOME": str(folder / "state")}
        self.parameters = []
        values = {"folder": landscape.folder, "commands": commands,
                  "receiver-port": landscape.receiver_port,
                  **{f"{node}-port": port for node, port in landscape.node_ports.items()}}
        self.set_parameters(**values)

    def set_parameters(self, **values):
        for name, value in values.items():
            self.parameters += ["--set", f"{name}={value}"]

    def line(self, words):
        print("    " + words, flush=True)
        self.transcript.append(words)

    def begin(self, *words, shown=None):
        """Starts renew; its lines appear as they come. Ended by `end`."""
        typed = shown or words
        self.line("$ renew " + " ".join(map(shlex.quote, map(str, typed))))
        process = subprocess.Popen((self.binary, *map(str, words)), env=self.environment,
                                   cwd=self.root, stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process.lines = []
        process.reader = threading.Thread(target=self.read, args=(process,))
        process.reader.start()
        return process

    def read(self, process):
        for line in process.stdout:
            process.lines.append(line.rstrip("\n"))
            self.line(process.lines[-1])

    @staticmethod
    def end(process):
        status = process.wait()
        process.reader.join()
        process.stdout.close()
        return status

    def __call__(self, *words, shown=None, expect=(0,)):
        process = self.begin(*words, shown=shown)
        status = self.end(process)
        if status not in expect:
            raise RuntimeError(f"renew {words[0]} ended with {status}")
        return status, process.lines

    def quietly(self, *words, expect=(0,)):
        """For what only the report reads."""
        done = subprocess.run((self.binary, *map(str, words)), env=self.environment, cwd=self.root,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode not in expect:
            raise RuntimeError(f"renew {words[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        status = self.end(process)
        self.line(f"Killed ({-status})")
