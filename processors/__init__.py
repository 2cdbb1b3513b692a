"""NewsItem -> Story -> EscalationEvent -> Alert. Pure: no module here but `worker` touches the world."""
