import unittest

from bakery.recipes import MENU, Cake, RyeLoaf, SpeltTart


class RecipeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tart = SpeltTart()

    def test_a_cake_is_heavier_than_its_flour(self):
        self.assertGreater(Cake().weight_kg(), Cake.flour_kg)

    def test_layers_add_weight(self):
        self.assertAlmostEqual(self.tart.weight_kg(), 1.6)

    def test_layers_take_time(self):
        self.assertAlmostEqual(self.tart.hours(), 0.7)


def test_rye_loaf_is_a_cake_of_rye():
    assert isinstance(RyeLoaf(), Cake)
    assert RyeLoaf.flour == "rye"


def test_menu_names_every_cake():
    assert sorted(MENU) == ["rye", "sponge", "tart"]
