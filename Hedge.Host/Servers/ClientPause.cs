namespace Hedge.Host.Servers;

/// <summary>What CLIENT PAUSE asked for. Commands that hold all cores change it, and every core obeys it:
/// until then it runs no command of any client (or no write), but goes on to send and receive.</summary>
/// <param name="UntilMilliseconds">Unix milliseconds at which it ends by itself.</param>
/// <param name="WritesOnly">True when commands that write (or may replicate) wait and reads go on.</param>
public sealed record ClientPause(long UntilMilliseconds, bool WritesOnly);
