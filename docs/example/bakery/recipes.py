"""Cakes are classes: what differs between them is class attributes."""


class Cake:
    flour = "wheat"
    flour_kg = 0.5
    work_hours = 0.25
    layers = 1

    def weight_kg(self) -> float:
        return self.flour_kg * 1.6 * self.layers

    def hours(self) -> float:
        return self.work_hours + 0.1 * (self.layers - 1)


class RyeLoaf(Cake):
    flour = "rye"
    flour_kg = 1.0


class SpeltTart(Cake):
    flour = "spelt"
    layers = 2

    def hours(self) -> float:
        return super().hours() * 2


MENU = {"sponge": Cake, "rye": RyeLoaf, "tart": SpeltTart}
