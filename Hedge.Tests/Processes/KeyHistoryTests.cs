using Hedge.Tests.Reliability;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>The oracle of the kill tests finds what it must find.</summary>
[TestFixture]
[Category("fast")]
public sealed class KeyHistoryTests
{
    private readonly KeyState[] _absent = [KeyState.Absent, KeyState.Absent];

    [Test]
    [PlantedBug("the oracle of kills: a lost write")]
    public void A_lost_acknowledged_write_is_found()
    {
        var history = new KeyHistory(_absent);
        history.Add(Set(acknowledged: true, (0, "a")));
        Assert.That(history.Check([State("a"), KeyState.Absent], o => o.Acknowledged), Is.Null);
        Assert.That(history.Check(_absent, o => o.Acknowledged), Does.StartWith("key 0"));
    }

    [Test]
    public void A_pending_write_may_be_there_or_not_and_nothing_else_may()
    {
        var history = new KeyHistory(_absent);
        history.Add(Set(acknowledged: true, (0, "a")));
        history.Add(Set(acknowledged: false, (0, "b")));
        Assert.That(history.Check([State("a"), KeyState.Absent], o => o.Acknowledged), Is.Null);
        Assert.That(history.Check([State("b"), KeyState.Absent], o => o.Acknowledged), Is.Null);
        Assert.That(history.Check([State("c"), KeyState.Absent], o => o.Acknowledged), Is.Not.Null);
    }

    [Test]
    [PlantedBug("the oracle of kills: a lost expiry")]
    public void A_lost_expiry_is_found()
    {
        var history = new KeyHistory([State("a"), KeyState.Absent]);
        history.Add(new Operation
        {
            Requests = [["PEXPIREAT", "0", "5"]],
            Expected = "1",
            Changes = [(0, new KeyState("a", 5))],
        });
        Assert.That(history.Check([State("a"), KeyState.Absent], _ => true), Does.StartWith("key 0"));
    }

    [Test]
    [PlantedBug("the oracle of kills: a torn transaction")]
    public void A_torn_transaction_is_found()
    {
        var history = new KeyHistory(_absent);
        history.Add(Set(acknowledged: false, (0, "a"), (1, "a")));
        Assert.That(history.Check(_absent, o => o.Acknowledged), Is.Null);
        Assert.That(history.Check([State("a"), State("a")], o => o.Acknowledged), Is.Null);
        Assert.That(
            history.Check([State("a"), KeyState.Absent], o => o.Acknowledged), Does.StartWith("torn"));
    }

    [Test]
    [PlantedBug("the oracle of kills: a torn transaction behind later writes")]
    public void A_torn_transaction_is_found_behind_later_writes()
    {
        var history = new KeyHistory(_absent);
        history.Add(Set(acknowledged: false, (0, "a"), (1, "a")));
        history.Add(Set(acknowledged: false, (0, "b")));
        Assert.That(history.Check([State("b"), State("a")], o => o.Acknowledged), Is.Null);
        Assert.That(
            history.Check([State("b"), KeyState.Absent], o => o.Acknowledged), Does.StartWith("torn"));
    }

    private static KeyState State(string value) => new(value, -1);

    private static Operation Set(bool acknowledged, params (int Key, string Value)[] changes)
    {
        var operation = new Operation
        {
            Requests = [["SET"]],
            Expected = "OK",
            Changes = [.. changes.Select(c => (c.Key, State(c.Value)))],
        };
        if (acknowledged) operation.Acknowledge();
        return operation;
    }
}
