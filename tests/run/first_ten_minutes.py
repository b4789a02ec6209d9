#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Types the commands of docs/FIRST-TEN-MINUTES.md into a shell on a terminal, and compares.

In a ```console block a line is, by how it begins,
    $ a command            > the next line of its here-document
    @ an answer to a question of it (nothing behind it: Enter)
    ^C behind WORD         Ctrl-C, as soon as the output shows `ok` and WORD
    anything else          a line of the command's output
What differs from run to run (digests, milliseconds, folders) is compared by its form only. With
UPDATE=1 the outputs are written anew."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

PROMPT = b"<<ready>>"
SECONDS = 60


def plain(text):
    """What the terminal shows, without what moves its cursor and without lines that are replaced."""
    text = text.replace("\r\n", "\n")
    text = re.sub(r"[^\n]*\r\x1b\[K", "", text)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def fixed(line):
    line = re.sub(r"\(\d+ ms\)", "(N ms)", line)
    line = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", line)
    line = re.sub(r"digest [0-9a-f]{12}…", "digest DIGEST…", line)
    line = re.sub(r"  \d+\.\ds$", "  N.Ns", line)
    line = re.sub(r"checking /\S+", "checking FOLDER", line)
    line = re.sub(r"^\d+ records", "N records", line)
    return line.rstrip()


class Shell:
    def __init__(self, folder, renew):
        program = os.path.join(folder, "bin")
        os.mkdir(program)
        os.symlink(renew, os.path.join(program, "renew"))
        home = os.path.join(folder, "home")
        os.mkdir(home)
        env = {"PATH": program + ":" + os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8",
               "TERM": "dumb", "NO_COLOR": "1", "PS1": PROMPT.decode(), "PS2": ""}
        self.master, slave = pty.openpty()
        subprocess.run(["stty", "-echo", "cols", "200"], stdin=slave, check=True)
        self.shell = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=slave, stdout=slave,
                                      stderr=slave, env=env, cwd=home, start_new_session=True,
                                      preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0))
        os.close(slave)
        self.take(lambda seen: seen.endswith(PROMPT))

    def take(self, is_enough):
        seen, until = b"", time.time() + SECONDS
        while not is_enough(seen):
            ready, _, _ = select.select([self.master], [], [], max(0, until - time.time()))
            if not ready:
                raise TimeoutError(seen.decode(errors="replace"))
            seen += os.read(self.master, 65536)
        return seen

    def type(self, text):
        os.write(self.master, text.encode())

    def run(self, lines, answers, stop):
        for line in lines:
            self.type(line + "\n")
        out = b""
        for answer in answers:
            out += self.take(lambda seen: seen.endswith(b"]: ")) + answer.encode() + b"\n"
            self.type(answer + "\n")
        if stop:
            shown = re.compile(rb"ok +" + re.escape(stop.encode()))
            out += self.take(lambda seen: shown.search(seen) or seen.endswith(PROMPT))
            if not out.endswith(PROMPT):
                self.type("\x03")
        if not out.endswith(PROMPT):
            out += self.take(lambda seen: seen.endswith(PROMPT))
        return plain(out[:-len(PROMPT)].decode(errors="replace").replace("^C", ""))

    def close(self):
        os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.wait()
        os.close(self.master)


def read(path):
    """The document as parts: text, or a command with what belongs to it."""
    parts, inside, command = [], False, None
    for line in open(path, encoding="utf-8").read().split("\n"):
        if line.startswith("```"):
            inside, command = line == "```console", None
            parts.append(line)
        elif not inside:
            parts.append(line)
        elif line.startswith("$ "):
            command = {"lines": [line[2:]], "answers": [], "stop": None, "out": []}
            parts.append(command)
        elif re.match(r"> ?", line) and not command["out"]:
            command["lines"].append(line[2:])
        elif line.startswith("@"):
            command["answers"].append(line[1:].strip())
        elif line.startswith("^C behind "):
            command["stop"] = line[len("^C behind "):]
        else:
            command["out"].append(line)
    return parts


def written(command):
    lines = ["$ " + command["lines"][0]] + ["> " + line for line in command["lines"][1:]]
    lines += [("@ " + answer).rstrip() for answer in command["answers"]]
    lines += ["^C behind " + command["stop"]] if command["stop"] else []
    return lines + command["out"]


def alike(lines, command, after_stop):
    """Where Ctrl-C cuts, the machine's speed decides by a step or two: what comes before it and the
    last line are compared, and of the command behind it the end."""
    got, wanted = [fixed(line) for line in lines], [fixed(line) for line in command["out"]]
    if command["stop"]:
        is_stop = re.compile("ok +" + re.escape(command["stop"])).search
        cut = next((i for i, line in enumerate(wanted) if is_stop(line)), -1) + 1
        return cut > 0 and got[:cut] == wanted[:cut] and got[-1:] == wanted[-1:]
    if after_stop:
        count = min(len(got), len(wanted)) - 2  # the two lines of the header are at the start
        return count > 1 and got[:2] == wanted[:2] and sorted(got[-count:]) == sorted(wanted[-count:])
    return got == wanted


def main():
    document, renew = sys.argv[1], sys.argv[2]
    update = os.environ.get("UPDATE") == "1"
    parts, count, failed, after_stop = read(document), 0, 0, False
    with tempfile.TemporaryDirectory(prefix="renew-first.") as folder:
        shell = Shell(folder, os.path.abspath(renew))
        try:
            for command in [part for part in parts if isinstance(part, dict)]:
                out = shell.run(command["lines"], command["answers"], command["stop"])
                lines = out.split("\n")
                while lines and lines[-1] == "":
                    lines.pop()
                count += 1
                good = alike(lines, command, after_stop)
                after_stop = command["stop"] is not None
                if update:
                    command["out"] = [line.rstrip().replace(folder + "/home", "/home/you") for line in lines]
                    good = True
                failed += not good
                print(f"{'ok' if good else 'not ok'} {count} - {command['lines'][0]}".replace("#", "\\#"))
                if not good:
                    for line in ["got:"] + lines + ["in the document:"] + command["out"]:
                        print("#   " + line)
        finally:
            shell.close()
    print(f"1..{count}")
    if update:
        text = "\n".join("\n".join(written(part)) if isinstance(part, dict) else part for part in parts)
        open(document, "w", encoding="utf-8").write(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
