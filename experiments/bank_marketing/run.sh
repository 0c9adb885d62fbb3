#!/bin/sh
# All numbers and figures of this folder's README, about four minutes on two cores:
#   sh experiments/bank_marketing/run.sh path/to/bank-additional.zip [folder for the sweeps]
set -e
out=${2:-clsim-runs}
here=results/bank_marketing
mkdir -p "$out" $here
python experiments/bank_marketing/prepare.py "$1" "$out/bank_marketing.csv"
job() { clsim +experiment=bank_marketing "stream.data=$out/bank_marketing.csv" "$@"; }
schedules="strategy=periodic,gated strategy.trigger.every=1,5,20"

# by accuracy
job out="$out/bank_marketing"
job out="$out/bank_marketing" $schedules

# a missed subscriber costs five wasted calls, and the learner knows it
matrix="loss=[[0,1],[5,0]] +learner.class_weight={0:1,1:5}"
job out="$out/bank_costs" $matrix
job out="$out/bank_costs" $matrix $schedules

# from scratch against going on, with a learner that can go on
tree="learner=river_tree ~learner.max_iter hindsight=false also=[] out=$out/bank_tree"
job $tree strategy=never
job $tree strategy=periodic strategy.trigger.every=5,20
job $tree strategy=stateful strategy.trigger.every=5,20 '~strategy.dataset.window'
job $tree strategy=row_by_row '~strategy.dataset.window'

# the runs by accuracy at the prices of the matrix; of a copy, since a report stays in its folder
rm -rf "$out/bank_repriced"
mkdir "$out/bank_repriced"
cp -r "$out"/bank_marketing/[0-9a-f]* "$out/bank_repriced"
rm -rf "$out"/bank_repriced/counterfactual
clsim-report "$out/bank_repriced" --prices 'error=[[0,1],[5,0]]'

python experiments/elec2/analyse.py "$out/bank_marketing" $here/accuracy --schedule 'every 5'
python experiments/elec2/analyse.py "$out/bank_costs" $here/costs --schedule 'every 5'
python experiments/bank_marketing/subscribers.py "$out" $here
cp "$out/bank_tree/tables/strategies.csv" $here/tree.csv
cp "$out/bank_repriced/tables/strategies.csv" $here/repriced.csv
for figure in accuracy_over_time controls; do
  cp "$out/bank_marketing/figures/$figure.png" $here/accuracy
done
for figure in accuracy_cost regret schedule_cost; do
  cp "$out/bank_costs/figures/$figure.png" $here/costs
done
