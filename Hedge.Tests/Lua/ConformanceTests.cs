using System.Text;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>
/// The tricky parts of Lua 5.1, one program each, and what <c>lua5.1</c> prints: <c>conformance.txt</c> has a
/// program, a line
/// <c>====</c>, its output and a line <c>----</c>.
/// </summary>
[TestFixture]
[Category("fast")]
public sealed class ConformanceTests
{
    private static readonly (string Program, string Output)[] All = Read();

    private static IEnumerable<int> Numbers => Enumerable.Range(0, All.Length);

    [TestCaseSource(nameof(Numbers))]
    public void A_program_prints(int number)
    {
        foreach (Slices slices in Enum.GetValues<Slices>())
        {
            string? output = new DifferentialRun().Actual(All[number].Program, slices);
            Assert.That(output, Is.EqualTo(All[number].Output), $"{slices}: {All[number].Program}");
        }
    }

    [Test]
    public void The_outputs_are_those_of_lua()
    {
        DifferentialRun.RequireLua();
        string[] outputs = DifferentialRun.Expected([.. All.Select(p => p.Program)]);
        Assert.That(All.Select(p => p.Output), Is.EqualTo(outputs));
    }

    private static (string Program, string Output)[] Read()
    {
        string path = Path.Combine(Repository.Root, "Hedge.Tests", "Lua", "conformance.txt");
        string[] all = File.ReadAllText(path, Encoding.Latin1)
            .Split("\n----\n", StringSplitOptions.RemoveEmptyEntries);
        return [.. all.Select(p => p.Split("\n====\n")).Select(p => (p[0], p[1].TrimEnd('\n')))];
    }
}
