using NUnit.Framework;

namespace Hedge.Tests.Settings;

/// <summary>Finds the files of the repository that tests look at.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        string? directory = TestContext.CurrentContext.TestDirectory;
        while (directory != null && !File.Exists(Path.Combine(directory, "Hedge.sln")))
            directory = Path.GetDirectoryName(directory);

        return directory ?? throw new InvalidOperationException("the tests run outside of the repository");
    }
}
