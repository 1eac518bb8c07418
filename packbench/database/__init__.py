"""What PostgreSQL does better than the ORM."""
