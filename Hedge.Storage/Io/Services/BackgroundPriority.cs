using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>The processor share of background threads.</summary>
public static class BackgroundPriority
{
    private const int OfProcess = 0;
    private const uint CallingThread = 0;
    private const int Nice = 10;

    /// <summary>
    /// Makes the calling thread give way to others from now on. It gets about a tenth of a busy processor,
    /// and all time that others leave idle. Linux has a priority per thread, and .NET does not set it. Does
    /// nothing where the system refuses.
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
