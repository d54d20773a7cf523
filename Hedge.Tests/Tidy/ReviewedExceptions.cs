namespace Hedge.Tests.Tidy;

/// <summary>Exceptions to the rules of <see cref="SourceRulesTests"/>: the file and why it may.</summary>
internal static class ReviewedExceptions
{
    public static readonly Dictionary<string, string> BannedApis = new()
    {
    };

    public static readonly Dictionary<string, string> Unsafe = new()
    {
    };

    public static readonly Dictionary<string, string> UnsafeWithoutReason = new()
    {
    };

    public static readonly Dictionary<string, string> LongFiles = new()
    {
    };

    public static readonly Dictionary<string, string> WideFiles = new()
    {
    };

    public static readonly Dictionary<string, string> LeftForLater = new()
    {
    };
}
