"""What every suite shares."""

pytest_plugins = ["support.engines", "support.whole_stack", "support.furnished"]
