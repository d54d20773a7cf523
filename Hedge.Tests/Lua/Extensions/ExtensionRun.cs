using System.Globalization;
using System.Text;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Extensions;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Tests.Differential;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Lua.Extensions;

/// <summary>
/// Runs the bodies of functions by <c>cases.lua</c>: in a machine with the extensions, and in redis-server.
/// </summary>
internal sealed class ExtensionRun
{
    private static readonly string ScriptPath =
        Path.Combine(Repository.Root, "Hedge.Tests", "Lua", "Extensions", "cases.lua");

    private readonly LuaRunner _runner;
    private readonly LuaPrototype _script;

    public ExtensionRun(long memoryMax = 256 << 20)
    {
        _runner = new LuaRunner(memoryMax);
        LuaExtensions.Open(_runner.Machine);
        _script = LuaPrototype.Compile(File.ReadAllBytes(ScriptPath), LuaString.Name("=cases"), out _)!;
    }

    /// <summary>The machine.</summary>
    public LuaMachine Machine => _runner.Machine;

    /// <summary>How often a run has paused.</summary>
    public int Pauses => _runner.Pauses;

    /// <summary>A line for each case: what the machine makes of it.</summary>
    public string[] Actual(IReadOnlyList<string> cases, Slices slices = Slices.Big)
    {
        LuaTable arguments = Machine.NewTable(cases.Count);
        for (int i = 0; i < cases.Count; i++)
            arguments.Set(i + 1, Machine.NewString(Encoding.Latin1.GetBytes(cases[i])));
        Machine.Globals.Set("ARGV", arguments);
        LuaStatus status = _runner.Run(_script, slices);
        Assert.That(status, Is.EqualTo(LuaStatus.Finished), _runner.TakeOutput());
        return Machine.Results[0].AsString!.ToString().Split('\n');
    }

    /// <summary>A line for each case: what redis-server makes of it.</summary>
    public static string[] Expected(ReplyPipe redis, IReadOnlyList<string> cases)
    {
        byte[][] request = ["EVAL"u8.ToArray(), File.ReadAllBytes(ScriptPath), "0"u8.ToArray(),
            .. cases.Select(Encoding.Latin1.GetBytes)];
        string reply = Encoding.Latin1.GetString(redis.RunAll([request])[0]);
        Assert.That(reply, Does.StartWith("$"));
        int end = reply.IndexOf('\r', StringComparison.Ordinal);
        int length = int.Parse(reply.AsSpan(1, end - 1), CultureInfo.InvariantCulture);
        return reply.Substring(end + 2, length).Split('\n');
    }

    /// <summary>
    /// The cases of a file beside this one, and what redis-server makes of each: a line, and one that begins
    /// with "> ".
    /// </summary>
    public static (string Case, string Expected)[] Read(string name)
    {
        string path = Path.Combine(Path.GetDirectoryName(ScriptPath)!, name + ".txt");
        string[] lines = File.ReadAllLines(path, Encoding.Latin1);
        return [.. lines.Chunk(2).Select(pair => (pair[0], pair[1][2..]))];
    }
}
