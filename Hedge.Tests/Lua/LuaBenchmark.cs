using System.Diagnostics;
using System.Globalization;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>
/// Processor time of the programs in <c>scripts/lua-benchmark</c>, in turns with <c>lua5.1</c>: the best of
/// five each, and what a run allocates. <c>scripts/lua-benchmark.sh</c> runs it.
/// </summary>
[TestFixture]
[Explicit("a measurement")]
public sealed class LuaBenchmark
{
    private const int Turns = 5;
    private const long Slice = 1_000_000;

    [Test]
    public void Ten_programs()
    {
        DifferentialRun.RequireLua();
        double product = 1;
        string[] files =
            [.. Directory.GetFiles(Path.Combine(Repository.Root, "scripts", "lua-benchmark"), "*.lua")
            .Order(StringComparer.Ordinal)];
        foreach (string file in files)
        {
            double ours = double.MaxValue;
            double theirs = double.MaxValue;
            long allocated = 0;
            for (int turn = 0; turn < Turns; turn++)
            {
                theirs = Math.Min(theirs, RunLua(file));
                ours = Math.Min(ours, RunMachine(file, out allocated));
            }

            product *= ours / theirs;
            TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileNameWithoutExtension(file),-10} lua5.1 {theirs,6:F0} ms, "
                + $"machine {ours,6:F0} ms, ratio {ours / theirs:F2}, {allocated >> 10} KiB allocated"));
        }

        TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"geometric mean of the ratios: {Math.Pow(product, 1.0 / files.Length):F2}"));
    }

    private static double RunLua(string file)
    {
        using Process lua = Process.Start(new ProcessStartInfo("lua5.1", [file]))!;
        lua.WaitForExit();
        return lua.TotalProcessorTime.TotalMilliseconds;
    }

    private static double RunMachine(string file, out long allocated)
    {
        var runner = new LuaRunner(1L << 30);
        LuaPrototype chunk =
            LuaPrototype.Compile(File.ReadAllBytes(file), LuaString.Name("=benchmark"), out _)!;
        using var self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        runner.Machine.Start(runner.Machine.Load(chunk));
        while (runner.Machine.Run(Slice) == LuaStatus.BudgetUsed)
        {
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
        self.Refresh();
        return (self.TotalProcessorTime - before).TotalMilliseconds;
    }
}
