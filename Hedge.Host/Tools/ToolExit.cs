namespace Hedge.Host.Tools;

/// <summary>What a tool's exit code says.</summary>
internal static class ToolExit
{
    /// <summary>All was done, and nothing is wrong.</summary>
    public const int Done = 0;

    /// <summary>It could not be done: wrong words, no such file, no connection, no space.</summary>
    public const int Failed = 1;

    /// <summary>It was done to the end, and something is damaged, refused or left out.</summary>
    public const int Incomplete = 2;
}
