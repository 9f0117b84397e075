"""What runs by the clock rather than by a call or a webhook: under Modal's cron and under `pickup up` alike."""
