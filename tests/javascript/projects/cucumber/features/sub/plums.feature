Feature: plums

  Scenario: one
    Given plums is fine
