"""Calls that other processes answer."""

from concurrent.futures import Future

import pytest

from clsim.processes import Call, check_processes


def test_what_nobody_has_begun_is_done_here_and_once():
    done = []
    call = Call(lambda *_: Future(), done.append, 1)
    assert [call.answer, call.answer] == [None, None]
    assert done == [1]


def test_what_another_has_begun_is_waited_for():
    begun: Future[int] = Future()
    assert begun.set_running_or_notify_cancel()
    begun.set_result(7)
    assert Call(lambda *_: begun, max, 2, 3).answer == 7


@pytest.mark.parametrize("number", [0, -2, 1.5])
def test_a_number_of_processes_that_is_none_is_refused(number):
    with pytest.raises((TypeError, ValueError), match="n_jobs"):
        check_processes(number)
