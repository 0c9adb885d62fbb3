#!/bin/sh
# All numbers and figures of this folder's README, under a minute on two cores:
#   sh experiments/elec2/run.sh path/to/elec2.csv.zip [folder for the sweeps]
set -e
out=${2:-clsim-runs}
here=results/elec2

clsim +experiment=elec2 "stream.data=$1" out="$out/elec2"
clsim +experiment=elec2 "stream.data=$1" out="$out/elec2-neighbours" hindsight=false "also=[]" \
  strategy=performance strategy.trigger.drop=.02,.05,.1 strategy.trigger.window=150,300,600

python experiments/elec2/analyse.py "$out/elec2" $here
python experiments/elec2/neighbours.py "$out/elec2" "$out/elec2-neighbours" $here
for figure in accuracy_cost accuracy_over_time regret controls schedule_cost walk_forward; do
  cp "$out/elec2/figures/$figure.png" $here
done
