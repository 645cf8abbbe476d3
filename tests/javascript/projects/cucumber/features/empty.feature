Feature: nothing
