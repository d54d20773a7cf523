using Hedge.Tests.Settings;

namespace Hedge.Tests.Compatibility;

/// <summary>A command or setting of Redis.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">A setting's default.</param>
/// <param name="IsNewer">True when it came with 7.2, so that redis-server 7.0.15 does not have it.</param>
internal sealed record RedisItem(string Name, string Default, bool IsNewer);

/// <summary>What Redis 7.2 has, and why Hedge lacks some of it, from the files beside this one.</summary>
internal static class RedisInventory
{
    /// <summary>All commands and subcommands.</summary>
    public static IReadOnlyList<RedisItem> Commands { get; } =
        [.. Lines("redis-commands.txt").Select(line => Words(line, ' '))
            .Select(words => new RedisItem(words[0], "", words.Length > 1))];

    /// <summary>All settings that CONFIG GET shows.</summary>
    public static IReadOnlyList<RedisItem> Settings { get; } =
        [.. Lines("redis-settings.txt").Select(line => line.Split('\t'))
            .Select(words => new RedisItem(words[0], words[1], words.Length > 2))];

    /// <summary>Kind, name and reason; a name that ends in '|' or '-' stands for all that begin
    /// so.</summary>
    public static IReadOnlyList<(string Kind, string Name, string Why)> Absent { get; } =
        [.. Lines("absent.txt").Select(line => Words(line, ' ', 3)).Select(w => (w[0], w[1], w[2]))];

    /// <summary>Why Hedge lacks it; null when no line says so.</summary>
    public static string? WhyAbsent(string kind, string name) => Absent.FirstOrDefault(
        line => line.Kind == kind && Covers(line.Name, name)).Why;

    /// <summary>True when a line of that name is about this one.</summary>
    public static bool Covers(string line, string name) => line[^1] is '|' or '-'
        ? name.StartsWith(line, StringComparison.Ordinal)
        : name == line || name.StartsWith(line + '|', StringComparison.Ordinal);

    private static string[] Words(string line, char separator, int most = int.MaxValue) =>
        line.Split(separator, most, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(Repository.Root, "Hedge.Tests", "Compatibility", file))
            .Where(line => line.Length > 0 && line[0] != '#');
}
