"""`alibi audit`: is what Alibi leaves out really unaffected? Measured, on the user's own project.

Two ways: a random sample of the tests that would be skipped now is run (sampling), and seeded mutations of a
copy of the project are run with and without selection (mutants). The command's entry is __main__; nothing
here is imported by a test run, save the observer that an audited run loads with -p. Only a copy is ever
changed; in the project itself nothing but tests run, and only what DATA/ holds is written.
"""
