"""Loads beside the measured one: slow clients, a noisy neighbour. The measured load's figures are its own."""
import pathlib

SCENARIOS = pathlib.Path(__file__).parents[3] / "loadtest/scenarios"


def ask(bench, folder, scenario, *urls):
    """A scenario of ours in three seconds, with requests enough for its objectives."""
    done = bench("scenario", SCENARIOS / scenario, *urls, "--rate", 600, "--warmup", "500ms", "--duration", "2s", "--json", folder / "result.json", "--no-progress")
    # 4: a machine that others use too may be late; 99: and slow.
    assert done.code in (0, 4, 99), done.out + done.err
    return done, done.result


def test_visitors_are_measured_beside_slow_clients(serve, bench, tmp_path):
    server = serve("--service-time", "2ms", "--size", "20k")
    done, result = ask(bench, tmp_path, "slow-clients.yaml", server.url)
    visitors = result["summary"]
    assert 1000 < visitors["requests"] < 1400, "1,200 in two seconds, at random"
    assert list(visitors["codes"]) == ["200"] and visitors["error_percent"] == 0
    assert visitors["bytes_in"] > 20_000 * visitors["requests"], "they read as fast as ever"
    assert [one["outcome"] for one in result["objectives"] if "errors" in one["text"]] == ["held"]
    slow = result["background"][0]
    assert slow["summary"]["endings"] == {"in_flight": 300}, "nobody has read a whole answer of 20 kB at 200 bytes a second"
    assert 100 < slow["summary"]["bytes_in"] / 300 < 2000
    assert slow["summary"]["error_percent"] == 0
    assert "Beside it" in done.out
    assert "300 in flight when it ended; slow clients: each connection is read at 200 B/s" in done.out
    # Of two machines there were twice as many.
    kept = tmp_path / "kept.json"
    kept.write_text(done.path.read_text())
    assert "600 in flight when it ended" in bench("report", kept, kept).out


def test_one_is_hammered_while_another_is_measured(serve, bench, tmp_path):
    quiet, noisy = serve("--service-time", "1ms"), serve("--status", "503:50")
    done, result = ask(bench, tmp_path, "noisy-neighbour.yaml", quiet.url, noisy.url)
    assert 1000 < result["summary"]["requests"] < 1400
    assert list(result["summary"]["codes"]) == ["200"] and result["summary"]["error_percent"] == 0
    beside = result["background"][0]
    assert beside["title"] == noisy.url
    # From before the warm-up until behind the last answer: 2.5 seconds at least.
    assert 1500 < beside["summary"]["requests"] < 6000
    # What a machine that stood still at the end has not begun is missing; more is not begun.
    assert 600 < beside["offered_per_second"] < 1100
    assert 40 < beside["summary"]["error_percent"] < 60
    assert "503" in beside["summary"]["codes"]
    assert result["settings"]["background"][0]["rate"] == "1000"
