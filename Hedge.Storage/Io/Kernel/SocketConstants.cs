namespace Hedge.Storage.Io.Kernel;

/// <summary>The socket interface's numbers, the same on x64 and arm64.</summary>
internal static class SocketConstants
{
    public const int FamilyUnix = 1;
    public const int TypeStream = 1;
    public const int CloseOnExec = 0x80000;

    public const int ShutdownBoth = 2;

    public const int LevelSocket = 1;
    public const int LevelTcp = 6;
    public const int LevelInternet6 = 41;

    public const int ReuseAddress = 2;
    public const int KeepAlive = 9;
    public const int Mark = 36;
    public const int TcpNoDelay = 1;
    public const int TcpKeepIdle = 4;
    public const int TcpKeepInterval = 5;
    public const int TcpKeepCount = 6;
    public const int TcpCongestion = 13;
    public const int Internet6Only = 26;

    public const uint MessageDontWait = 0x40;
    public const uint MessageWaitAll = 0x100;
    public const uint MessageNoSignal = 0x4000;
}
