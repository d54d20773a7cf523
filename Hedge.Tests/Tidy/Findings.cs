using NUnit.Framework;

namespace Hedge.Tests.Tidy;

/// <summary>
/// What a rule found, held against its reviewed exceptions: a finding without an exception fails, and so does
/// an exception that nothing needs any more, so that the lists can only shrink.
/// </summary>
internal static class Findings
{
    /// <summary>Asserts that the findings are exactly the exceptions.</summary>
    /// <param name="findings">The file's path, and what is wrong there.</param>
    /// <param name="exceptions">Path → reason.</param>
    /// <param name="rule">The rule, for the message.</param>
    public static void Check(IEnumerable<(string Path, string What)> findings,
        IReadOnlyDictionary<string, string> exceptions, string rule)
    {
        (string Path, string What)[] all = [.. findings];
        string[] bad =
            [.. all.Where(f => !exceptions.ContainsKey(f.Path)).Select(f => $"{f.Path}: {f.What}")];
        string[] stale = [.. exceptions.Keys.Where(p => all.All(f => f.Path != p))];
        if (bad.Length > 0) Assert.Fail($"{rule}:\n{string.Join('\n', bad)}");
        if (stale.Length > 0)
            Assert.Fail($"exceptions nothing needs any more ({rule}):\n{string.Join('\n', stale)}");
    }
}
