"""`make verify`: tries the components on a real AWS account, with the real AWS plugin and AWS's policy simulator."""
