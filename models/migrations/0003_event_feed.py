"""No table changes: applying it makes the objects of `models.extra_objects` anew, which the feed of events reads by."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0002_policy_draft")]

    initial = False

    operations = []
