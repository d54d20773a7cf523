using System.Diagnostics;
using Hedge.Host.Commands.Introspection;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Introspection;

[TestFixture]
[Category("diff")]
public sealed class SyntaxParserOracleTests : OracleFixture
{
    // "BYBOX width height unit": the token belongs to the first word only, which the notation cannot say.
    private static readonly string[] TakesOneWordOfSeveral = ["geosearch", "geosearchstore"];

    [Test]
    public void The_argument_tree_of_every_redis_command_comes_back_from_its_syntax()
    {
        string script = Path.Combine(Repository(), "scripts", "spec-from-redis.py");
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, "--check"])
        {
            RedirectStandardOutput = true,
        })!;
        string[] lines =
            process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        if (lines.Length == 0) Assert.Ignore("python3-redis is not installed");
        Assert.That(lines, Has.Length.GreaterThan(360));
        var wrong = new List<string>();
        foreach (string line in lines)
        {
            string[] parts = line.Split('\t');
            string expected = parts[3];
            string actual;
            try
            {
                actual = Describe(SyntaxParser.Parse(parts[1], parts[2].Length == 0 ? null : parts[2]));
            }
            catch (FormatException e)
            {
                actual = e.Message;
            }

            if (actual == expected || TakesOneWordOfSeveral.Contains(parts[0])) continue;
            wrong.Add($"{parts[0]}: {parts[1]}\n  {expected}\n  {actual}");
        }

        Assert.That(wrong, Is.Empty);
    }

    private static string Repository()
    {
        string folder = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(folder, "Hedge.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    private static string Describe(IReadOnlyList<ArgumentNode> nodes) => string.Join(' ', nodes.Select(n =>
        $"{n.Name.Replace(' ', '_')}/{n.Type}/{n.Token}/{n.KeySpecIndex}/{n.Since}/{n.DeprecatedSince}/"
        + (n.IsOptional ? "o" : "") + (n.IsMultiple ? "m" : "") + (n.RepeatsToken ? "t" : "")
        + (n.Children.Count == 0 ? "" : $"({Describe(n.Children)})")));
}
