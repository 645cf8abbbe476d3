Feature: pears

  Scenario: one
    Given pears is fine
