using Hedge.Resp;

namespace Hedge.Host.Executions;

/// <summary>A script that runs in the debugger, and stands still now.</summary>
internal interface IDebuggedRun
{
    /// <summary>Writes what the debugger has to say.</summary>
    void WriteLines(RespWriter writer);

    /// <summary>Takes what the client has sent; it is carried out when the run goes on.</summary>
    void Take(IReadOnlyList<byte[]> words);
}
