"""Bought labels: what belongs to a row stays with it."""

import numpy as np

from clsim.engine.orders import Orders


def test_orders_stay_with_their_rows_whatever_the_order_in_which_they_were_given():
    orders = Orders(np.empty(0, dtype=np.int64))
    orders.add(np.array([40, 70]), np.array([5, 6]), np.array([41, 71]), np.array([1, 0]),
               np.array([3, 2]))  # fmt: skip
    orders.add(np.array([20, 50]), np.array([7, 8]), np.array([21, 51]), np.array([9, 8]),
               np.array([1, 4]))  # fmt: skip
    assert orders.rows.tolist() == [20, 40, 50, 70]
    assert orders.due.tolist() == [7, 5, 8, 6]
    assert orders.time.tolist() == [21, 41, 51, 71]
    assert orders.y.tolist() == [9, 1, 8, 0]
    assert orders.votes.tolist() == [1, 3, 4, 2]
    place, there = orders.places(np.array([50, 60, 70]))
    assert there.tolist() == [True, False, True]
    assert orders.y[place[there]].tolist() == [8, 0]
