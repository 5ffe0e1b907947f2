"""Several containers of one Space: a visitor stays with one, a change takes them one by one, one that dies is replaced."""
import pytest

import spaces
from node import docker, until
from spaces import BASE, CMD
from visitors import Visitors, visiting

WHO = "readlink /proc/self/ns/net"


def containers(node, name):
    return docker("ps", "-q", "--no-trunc", "--filter", f"label=spaceport.instance={node.instance}", "--filter", f"label=spaceport.space={name}").split()


def all_serve(node, name, count):
    now = node.show(name)
    return now["replicas"] == {"wanted": count, "serving": count} and now["stage"] == "RUNNING" and len(containers(node, name)) == count


@pytest.fixture
def three(node, up):
    name = up()
    assert "1 of 3 replicas" in node.cli("replicas", name, "3").stdout
    until(lambda: all_serve(node, name, 3), 60, "three replicas")
    return name


def test_visitors_are_spread_and_each_stays_where_he_began(node, three):
    assert len({node.run(three, WHO) for _ in range(30)}) == 3

    first = node.request(three, "/cgi-bin/sh", "POST", WHO)
    cookie = first.headers["Set-Cookie"].split(";")[0]
    seen = {node.request(three, "/cgi-bin/sh", "POST", WHO, {"Cookie": cookie}).text for _ in range(20)}

    assert seen == {first.text}


def test_a_visitor_stays_with_one_behind_every_path(node, up):
    name = up(dockerfile=f"FROM {BASE}\nCMD httpd -p 8000 -h /www; exec httpd -f -p 7860 -h /www\n",
              readme=spaces.readme("routes:", "  - {path: /api, port: 8000, strip_prefix: true}"))
    node.cli("replicas", name, "3")
    until(lambda: all_serve(node, name, 3), 60, "three replicas")
    for first, second in (("/cgi-bin/sh", "/api/cgi-bin/sh"), ("/api/cgi-bin/sh", "/cgi-bin/sh")):
        began = node.request(name, first, "POST", WHO)
        cookie = began.headers["Set-Cookie"]
        assert "Path=/;" in cookie
        seen = {node.request(name, second, "POST", WHO, {"Cookie": cookie.split(";")[0]}).text for _ in range(20)}
        assert seen == {began.text}, "another replica behind the other path"


def test_a_change_takes_one_after_the_other_and_nobody_notices(node, three):
    before = set(containers(node, three))
    most = 0
    with visiting(node, three, ("echo quick", "quick\n")):
        restart = node.popen("restart", three)

        def replaced():
            nonlocal most
            now = set(containers(node, three))
            most = max(most, len(now))
            return not now & before and len(now) == 3
        until(replaced, 90, "all three replaced")
        assert restart.wait(60) == 0
    assert most <= 5, "more than one new one beside those that serve or leave"


def test_all_go_back_to_the_version_before_and_nobody_notices(node, up, tmp_path):
    def version(word):
        return f"FROM {BASE}\nRUN echo {word} > /www/version\n{CMD}"

    name = up(dockerfile=version("first"))
    node.cli("replicas", name, "3")
    until(lambda: all_serve(node, name, 3), 60, "three replicas")
    node.cli("up", "-d", spaces.write(tmp_path / "s", version("second")), "--name", name)
    until(lambda: all_serve(node, name, 3) and {node.request(name, "/version").text for _ in range(12)} == {"second\n"}, 60, "the second version")
    before = set(containers(node, name))

    with Visitors(lambda: (node.request(name, "/version").status, node.request(name, "/version").text)) as visitors:
        node.cli("rollback", name)
        until(lambda: all_serve(node, name, 3) and not set(containers(node, name)) & before, 90, "all three replaced")
        until(lambda: {node.request(name, "/version").text for _ in range(12)} == {"first\n"}, 10, "the first version alone")

    assert {status for status, _ in visitors.seen} == {200}, visitors.seen
    assert {text for _, text in visitors.seen} == {"first\n", "second\n"}, visitors.seen
    images = {docker("inspect", "-f", "{{.Image}}", one) for one in containers(node, name)}
    assert len(images) == 1, images


def test_one_that_dies_is_replaced_and_the_others_answer_meanwhile(node, three):
    victim = containers(node, three)[0]
    with Visitors(lambda: node.request(three).status) as visitors:
        docker("kill", victim)
        until(lambda: victim not in containers(node, three) and all_serve(node, three, 3), 60, "a third one")
    # What it was answering at that moment may be cut off, once for each visitor.
    failed = sum(count for answer, count in visitors.seen.items() if answer != 200)
    assert failed <= len(visitors.threads) and visitors.seen[200] > 100, visitors.seen


def test_fewer_replicas_leave_without_a_failed_request(node, three):
    with visiting(node, three, ("echo quick", "quick\n"), ("sleep 1; echo slow", "slow\n")):
        node.cli("replicas", three, "1")
        until(lambda: all_serve(node, three, 1), 60, "one replica")


def test_replicas_outlive_a_crash_of_serve(make_node, tmp_path):
    node = make_node().start()
    node.cli("up", "-d", spaces.write(tmp_path / "s"), "--name", "t/x")
    node.cli("replicas", "t/x", "2")
    until(lambda: all_serve(node, "t/x", 2), 60, "two replicas")
    before = set(containers(node, "t/x"))
    node.process.kill()
    node.process.wait()
    node.start()
    until(lambda: all_serve(node, "t/x", 2), 30, "both adopted")
    assert set(containers(node, "t/x")) == before
    assert len({node.run("t/x", WHO) for _ in range(20)}) == 2


@pytest.mark.parametrize("words", ["0", "65", "two"])
def test_a_number_that_cannot_be_is_refused(node, up, words):
    done = node.cli("replicas", up(), words, check=False)
    assert done.returncode != 0 and "1" in done.stderr and "64" in done.stderr, done.stderr
