using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Hedge.Storage;

/// <summary>Conditions that hold unless Hedge itself is wrong. A broken one stops the process:
/// going on could lose data.</summary>
public static class Invariant
{
    /// <summary>Writes down why the process ends, on the thread that ends it. Set by the host.</summary>
    public static Action<string>? Reporter { get; set; }

    /// <summary>A cheap condition, checked in every build.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check([DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition) Fail(what);
    }

    /// <summary>A costly condition, checked in debug builds.</summary>
    [Conditional("DEBUG")]
    public static void Verify([DoesNotReturnIf(false)] bool condition, string what) => Check(condition, what);

    [DoesNotReturn]
    private static void Fail(string what)
    {
        string text = $"Hedge invariant broken: {what}";
        Reporter?.Invoke(text);
        Environment.FailFast(text);
    }
}
