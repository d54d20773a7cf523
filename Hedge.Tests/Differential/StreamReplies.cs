using Hedge.Resp.Clients;

namespace Hedge.Tests.Differential;

/// <summary>
/// Compares what commands tell of streams: the same but for times, which are each server's own, and for what
/// belongs to Redis's own trees. Hedge also tells the times of Redis 7.2 (inactive, active-time).
/// </summary>
internal static class StreamReplies
{
    private const long MillisecondsApart = 60_000;

    private static readonly string[] LeftOut =
        ["radix-tree-keys", "radix-tree-nodes", "idle", "inactive", "seen-time", "active-time"];

    /// <summary>True when both say the same.</summary>
    public static bool Same(RespValue expected, RespValue actual)
    {
        if (expected.Equals(actual)) return true;
        if (expected.Kind != actual.Kind) return false;
        if (expected.Children.Count == 0 || actual.Children.Count == 0) return false;
        if (!IsTable(expected)) return SameChildren(expected, expected.Children, actual.Children);
        return SameChildren(expected, Fields(expected), Fields(actual));
    }

    private static bool SameChildren(RespValue parent, IReadOnlyList<RespValue> expected,
        IReadOnlyList<RespValue> actual)
    {
        if (expected.Count != actual.Count) return false;
        // id consumer idle-or-time deliveries, or id time deliveries
        int timeAt = IsTable(parent) || expected.Count is not (3 or 4) ? -1 : expected.Count - 2;
        for (int i = 0; i < expected.Count; i++)
        {
            bool isTime = i == timeAt && IsInteger(expected[i]) && IsInteger(actual[i]);
            if (isTime && Math.Abs(expected[i].Integer - actual[i].Integer) <= MillisecondsApart) continue;
            if (!Same(expected[i], actual[i])) return false;
        }

        return true;
    }

    private static bool IsInteger(RespValue value) => value.Kind == RespKind.Integer;

    private static bool IsTable(RespValue value) => value.Children.Count >= 6
        && value.Children.Count % 2 == 0 && value.Children[0].Text is "name" or "length";

    private static List<RespValue> Fields(RespValue table)
    {
        var left = new List<RespValue>();
        for (int i = 0; i + 1 < table.Children.Count; i += 2)
        {
            if (LeftOut.Contains(table.Children[i].Text)) continue;
            left.Add(table.Children[i]);
            left.Add(table.Children[i + 1]);
        }

        return left;
    }
}
