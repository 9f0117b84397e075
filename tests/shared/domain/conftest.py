from hypothesis import settings

# a busy machine is no failure, and a test leaves nothing behind in the repository
settings.register_profile("pickup", deadline=None, database=None)
settings.load_profile("pickup")
