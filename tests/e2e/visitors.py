"""Visitors who never stop asking while something changes, and what they were answered."""
import collections
import contextlib
import http.client
import threading


class Visitors:
    """`with Visitors(ask, count) as visitors:` each calls `ask()` again and again; its answers and failures are counted in `seen`."""

    def __init__(self, ask, count=2):
        self.ask, self.seen, self.done = ask, collections.Counter(), threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.visit) for _ in range(count)]

    def visit(self):
        while not self.done.is_set():
            try:
                answer = self.ask()
            except (OSError, http.client.HTTPException) as problem:
                answer = repr(problem)
            with self.lock:
                self.seen[answer] += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()


@contextlib.contextmanager
def visiting(node, name, *questions):
    """Visitors of a Space for each of `questions`, pairs of a script and what it prints. All must have been answered as they should."""
    def asker(script, expected):
        def ask():
            answer = node.request(name, "/cgi-bin/sh", "POST", script)
            return "good" if (answer.status, answer.text) == (200, expected) else f"{answer.status} {answer.text!r}"
        return ask
    with contextlib.ExitStack() as stack:
        groups = [stack.enter_context(Visitors(asker(*question))) for question in questions]
        yield groups
    for group in groups:
        assert set(group.seen) == {"good"}, group.seen
