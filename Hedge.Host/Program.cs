using System.Runtime.CompilerServices;
using Hedge.Host.CommandLines;
using Hedge.Storage.Io.Services;

namespace Hedge.Host;

/// <summary>The process's beginning. The runtime opens files whenever code is first used, and its errors for
/// want of descriptors are about anything but that. So they are looked at before all else.</summary>
internal static class EntryPoint
{
    private static int Main(string[] arguments) =>
        ProcessLimits.HaveDescriptors() ? Run(arguments) : 1;

    // Apart, so that nothing of it is loaded before.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(string[] arguments) =>
        HedgeCommandLine.RunAsync(arguments, Console.Out, Console.Error).GetAwaiter().GetResult();
}
