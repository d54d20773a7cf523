namespace Hedge.Storage.Logs;

/// <summary>Hears what becomes of a log, on the log's core, from its poll.</summary>
public interface ILogListener
{
    /// <summary>Written or Synced has advanced.</summary>
    void LogAdvanced(LogWriter log);

    /// <summary>
    /// A write or sync has failed: <see cref="LogWriter.FailedErrno"/>. Nothing more will be synced.
    /// </summary>
    void LogFailed(LogWriter log);
}
