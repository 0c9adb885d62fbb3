"""Bought labels: what belongs to a row stays with it."""

import numpy as np

from clsim.engine.orders import Orders


def test_orders_stay_with_their_rows_whatever_the_order_in_which_they_were_given():
    orders = Orders(np.empty(0, dtype=np.int64))
    names = ("due", "time", "y", "votes", "tick", "sequence", "chance", "stands")

    def add(rows, *columns):
        orders.add(np.array(rows), dict(zip(names, map(np.array, columns), strict=True)))

    add([40, 70], [5, 6], [41, 71], [1, 0], [3, 2], [4, 4], [True, False], [0.5, 0.2], [2.0, 5.0])
    add([20, 50], [7, 8], [21, 51], [9, 8], [1, 4], [5, 5], [False, True], [0.1, 0.4], [10.0, 3.0])
    assert orders.rows.tolist() == [20, 40, 50, 70]
    assert orders.due.tolist() == [7, 5, 8, 6]
    assert orders.time.tolist() == [21, 41, 51, 71]
    assert orders.y.tolist() == [9, 1, 8, 0]
    assert orders.votes.tolist() == [1, 3, 4, 2]
    assert orders.tick.tolist() == [5, 4, 5, 4]
    assert orders.sequence.tolist() == [False, True, True, False]
    assert orders.chance.tolist() == [0.1, 0.5, 0.4, 0.2]
    assert orders.stands.tolist() == [10.0, 2.0, 3.0, 5.0]
    place, there = orders.places(np.array([50, 60, 70]))
    assert there.tolist() == [True, False, True]
    assert orders.y[place[there]].tolist() == [8, 0]
