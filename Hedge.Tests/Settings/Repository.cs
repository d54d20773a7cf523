using NUnit.Framework;

namespace Hedge.Tests.Settings;

/// <summary>Finds the files of the repository that tests look at.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The first ten digits of the commit that is checked out; empty when there is none.</summary>
    public static string Commit()
    {
        string git = Path.Combine(Root, ".git");
        if (!File.Exists(Path.Combine(git, "HEAD"))) return "";
        string head = File.ReadAllText(Path.Combine(git, "HEAD")).Trim();
        if (head.StartsWith("ref: ", StringComparison.Ordinal))
        {
            string name = head["ref: ".Length..];
            string packed = Path.Combine(git, "packed-refs");
            head = File.Exists(Path.Combine(git, name)) ? File.ReadAllText(Path.Combine(git, name)).Trim()
                : !File.Exists(packed) ? ""
                : File.ReadLines(packed).FirstOrDefault(
                    line => line.EndsWith($" {name}", StringComparison.Ordinal)) ?? "";
        }

        return head.Length < 10 ? "" : head[..10];
    }

    private static string Find()
    {
        string? directory = TestContext.CurrentContext.TestDirectory;
        while (directory != null && !File.Exists(Path.Combine(directory, "Hedge.sln")))
            directory = Path.GetDirectoryName(directory);

        return directory ?? throw new InvalidOperationException("the tests run outside of the repository");
    }
}
