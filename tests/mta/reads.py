"""Whole messages before and after a rinse, as Python's `email` reads them: the
same parts in each other, the same header fields, every part that is not ours
the same byte for byte, and HTML that is read with its declared charset."""

import email
import email.policy
import glob
import itertools
import os
import quopri
import base64
import subprocess
import sys

from world import MAILRINSE

# Fields that tell of the rinse, or count what it changed.
OURS = {"x-mailrinse", "content-length", "lines"}


def rinsed(raw):
    done = subprocess.run(
        [MAILRINSE, "--no-config", "--type", "message"], input=raw, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout


def leaves(message):
    return [part for part in message.walk() if not part.is_multipart()]


def is_ours(part):
    return (
        part.get_content_type() in ("text/html", "text/plain")
        and part.get_content_disposition() != "attachment"
    )


def fields(part):
    return [(name, str(value)) for name, value in part.items() if name.lower() not in OURS]


def same(before, after):
    """What differs between two messages that should not; empty if nothing."""
    old, new = (email.message_from_bytes(raw, policy=email.policy.compat32) for raw in (before, after))
    kinds = [[part.get_content_type() for part in message.walk()] for message in (old, new)]
    if kinds[0] != kinds[1]:
        return f"parts: {kinds[0]} became {kinds[1]}"
    for one, other in zip(old.walk(), new.walk()):
        if fields(one) != fields(other):
            return f"fields of {one.get_content_type()}: {fields(one)} became {fields(other)}"
        # Python puts back characters for bytes that it cannot read: those compare as well.
        if not one.is_multipart() and not is_ours(one) and one.get_payload() != other.get_payload():
            return f"a part that is not ours changed: {one.get_content_type()}"
    return ""


def made():
    """Messages of every make, with what their HTML has to say afterwards."""
    word = {"utf-8": "Grüße €5", "iso-8859-1": "Grüße", "windows-1252": "Grüße €5", "koi8-r": "Привет", "us-ascii": "Hello"}
    pdf = base64.encodebytes(bytes(range(256)) * 8).decode()
    for charset, transfer, shape, end in itertools.product(
        word, ("quoted-printable", "base64", "8bit"), ("alone", "alternative", "mixed"), ("\n", "\r\n")
    ):
        html = f"<p>{word[charset]}</p>\n<img src=\"https://t.example/open?id=1\" width=1 height=1>\n"
        data = html.encode(charset)
        body = {
            "quoted-printable": quopri.encodestring,
            "base64": base64.encodebytes,
            "8bit": lambda bytes: bytes,
        }[transfer](data)
        head = f"Content-Type: text/html; charset={charset}\nContent-Transfer-Encoding: {transfer}\n\n"
        part = head.encode() + body
        top = b"From: a@b.example\nTo: reader@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMIME-Version: 1.0\n"
        if shape == "alone":
            raw = top + part
        else:
            other = (
                b"Content-Type: text/plain\n\nHello\n"
                if shape == "alternative"
                else b"Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n"
                b"Content-Transfer-Encoding: base64\n\n" + pdf.encode()
            )
            top += f"Content-Type: multipart/{shape}; boundary=\"=_b\"\n\npreamble\n".encode()
            raw = top + b"--=_b\n" + other + b"--=_b\n" + part + b"--=_b--\nepilogue\n"
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", end.encode())
        yield f"{charset} {transfer} {shape} {end!r}", raw, word[charset]


def says(raw, word):
    html = [part for part in leaves(email.message_from_bytes(raw)) if part.get_content_type() == "text/html"]
    text = html[0].get_payload(decode=True).decode(html[0].get_content_charset())
    import html as references

    return word in references.unescape(text) and "t.example" not in text


def main():
    wrong, count, changed = [], 0, 0
    for name, raw, word in made():
        out = rinsed(raw)
        count += 1
        changed += out != raw
        fault = same(raw, out) or ("" if says(out, word) else "the HTML says something else")
        if fault:
            wrong.append(f"{name}: {fault}")
    corpus = os.environ.get("MAILRINSE_CORPUS")
    for path in sorted(glob.glob(os.path.join(corpus, "eml-*", "*")) if corpus else []):
        with open(path, "rb") as file:
            raw = file.read()
        out = rinsed(raw)
        count += 1
        changed += out != raw
        fault = same(raw, out)
        if fault:
            wrong.append(f"{os.path.relpath(path, corpus)}: {fault}")
    print(f"reads: Python reads {count} messages after a rinse ({changed} changed) as before: {count - len(wrong)}")
    for line in wrong:
        print("  " + line[:600])
    # A check that cannot fail says nothing.
    broken = b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\nabc\n--b--\n"
    assert same(broken, broken.replace(b"abc", b"abd")) and same(broken, broken.replace(b"--b\nC", b"--c\nC"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
