"""A mail server on the loopback that keeps what it was given, and refuses on request."""

import socketserver
import threading
from email import message_from_bytes, policy


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a client needs. `answers` replace its answer to a command, once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters, self.lines, self.answers = [], [], {}
        self.hangs_up_after_data = False

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def port(self):
        return self.server_address[1]

    def texts(self):
        """What was said, by whom it reached: [(address, subject, plain text, html)]."""
        return [_read(letter) for letter in self.letters]


class _Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 sink")
        while line := self.rfile.readline():
            self.server.lines.append(line)
            word = line[:4].upper().strip().decode()
            if word == "DATA":
                if not self.take():
                    return
            elif word == "QUIT":
                self.say("221 bye")
                return
            elif word == "EHLO":
                self.say(self.server.answers.pop(word, "250-sink\r\n250 AUTH PLAIN"))
            elif word == "AUTH":
                self.say(self.server.answers.pop(word, "235 welcome"))
            else:
                self.say(self.server.answers.pop(word, "250 fine"))

    def take(self):
        refusal = self.server.answers.pop("DATA", None)
        if refusal:
            self.say(refusal)
            return True
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line.removeprefix(b"."))
        if self.server.hangs_up_after_data:
            return False
        self.server.letters.append(b"".join(lines))
        self.say("250 taken")
        return True

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


def _read(letter):
    message = message_from_bytes(letter, policy=policy.default)
    plain = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    return message["To"], message["Subject"].strip(), plain, html


def use(server, settings, **more):
    """Let the desk hand its e-mails to this server."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "desk@packbench.example"
    settings.BASE_URL = "https://desk.example.com"
    for name, value in more.items():
        setattr(settings, name, value)
    return server


def send_all(now):
    """Send what waits, as the jobs would."""
    from packbench.accounts.mailing import due_mails, send_mail
    from packbench.lib.errors import RemoteError

    for mail in list(due_mails(now=now)):
        try:
            send_mail(mail, clock=lambda: now)
        except RemoteError:
            continue
