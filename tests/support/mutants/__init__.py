"""The mutation check (`make mutants`): mutmut's operators on a seeded sample of the three domain packages."""
