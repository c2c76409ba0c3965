"""The client room: what each failure proves, and the accounting of every callee."""
