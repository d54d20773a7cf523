using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>The processor share of threads that work in the background.</summary>
public static class BackgroundPriority
{
    private const int OfProcess = 0;
    private const uint CallingThread = 0;
    private const int Nice = 10;

    /// <summary>
    /// Has the calling thread give way to others for good: about a tenth of a busy processor is left to it,
    /// and all that others leave idle. Linux knows priorities by thread and .NET sets none there. Where
    /// that is refused nothing happens.
    /// </summary>
    public static void Lower()
    {
        try
        {
            _ = Libc.SetPriority(OfProcess, CallingThread, Nice);
        }
        catch (EntryPointNotFoundException)
        {
            // Not Linux.
        }
    }
}
