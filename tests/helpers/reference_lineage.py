"""How models of the reference come and go: what passes is promoted, what fails is taken back."""


class Lineage:
    """Challengers, the champion and those before it, as seen at ``self.tick``."""

    def take_effect(self):
        for model in [m for m in self.challengers if m.done <= self.now]:
            if self.frozen() and model.held_up:
                continue
            self.challengers.remove(model)
            tried = self.champion and type(self.online[0]).__name__ != "NoTrial"
            if model.failed:
                self.events.append((self.tick, "train_failed", model.number))
            elif self.champion and self.champion.newer > model.newer and not tried:
                self.events.append((self.tick, "superseded", model.number))
            else:
                self.meets(model)
                if self.lets_pass(model):
                    waits = self.hold_up if self.frozen() else self.promote
                    if tried:
                        self.ready(model)
                    self.begin_trial(model) if tried else waits(model)

    def promote(self, model):
        if self.breaks(model):
            self.events.append((self.tick, "deploy", model.number, False))
            return
        model.replaced = self.champion
        self.begins(model)
        self.events.append((self.tick, "deploy", model.number))
        self.install(model, hold=True, begun=True)
        self.down_until = max(self.down_until, self.down_to(model))

    def install(self, model, hold=False, begun=False):
        if not begun:
            self.begins(model)
        self.gives_way()
        self.all_to(model, hold)
        self.retire(self.champion, model)
        self.champion, self.memory, self.since, self.wins = model, {}, self.tick, 0
        self.service += 1

    def watch(self):
        bad = self.champion
        if not bad or not any(model is bad.replaced for model in self.former()):
            return
        found = self.goes_back()
        if found is None:
            return
        back, guard = found
        self.events.append((self.tick, "rollback", back.number, bad.number))
        for trial in [t for t in self.trials if stems(t.model, bad)]:
            self.end(trial)
            self.events.append((self.tick, "superseded", trial.model.number))
        for model in [m for m in self.challengers if stems(m, bad)]:
            self.challengers.remove(model)
            self.events.append((self.tick, "superseded", model.number))
        if guard.distrust:
            later = max(bad.trained, back.trained)
            new = [row for row in bad.rows if self.lessons([row], later) - back.lineage]
            self.distrusted.update(new)
        back.replaced, back.newer, bad.withdrawn = None, self.tick, True
        self.install(back)


def stems(model, ancestor):
    """Whether a model was trained on from another."""
    return model.parent is not None and (model.parent is ancestor or stems(model.parent, ancestor))
