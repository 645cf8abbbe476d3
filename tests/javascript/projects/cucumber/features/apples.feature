Feature: apples

  Scenario: one
    Given apples is fine
