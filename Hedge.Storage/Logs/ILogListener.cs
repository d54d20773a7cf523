namespace Hedge.Storage.Logs;

/// <summary>Is told, on the log's core and from its poll, when the log advances or fails.</summary>
public interface ILogListener
{
    /// <summary>Written or Synced has advanced.</summary>
    void LogAdvanced(LogWriter log);

    /// <summary>
    /// A write or sync has failed: <see cref="LogWriter.FailedErrno"/>. Nothing more will be synced.
    /// </summary>
    void LogFailed(LogWriter log);
}
