using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Services;
using Hedge.Storage.Logs;
using Hedge.Storage.Records;
using Hedge.Storage.Replays;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Logs;

[TestFixture]
[Category("fast")]
public sealed class LogOnRealDiskTests
{
    [TestCase(IoMode.Auto)]
    [TestCase(IoMode.Portable)]
    public void A_log_written_through_the_kernel_reads_back(IoMode mode)
    {
        string root = Directory.CreateTempSubdirectory("hedge-").FullName;
        try
        {
            PosixDisk disk = new();
            SystemClock clock = new();
            LogSettings settings = new() { SegmentBytes = 1 << 16 };
            _ = LogCatalog.Open(disk, root);
            LogSegmentPool pool = new(disk, new SimSeed(1), root, 0, 1, 1, settings);
            using ICoreIo io = CoreIoFactory.Probe(mode).Create();
            LogWriter log = new(0, pool, io.Disk, new LogPositions(1), settings, SyncPolicy.Always, null,
                null);
            for (ulong sequence = 1; sequence <= 2000; sequence++)
            {
                log.Begin();
                log.Record.Put(
                    0, sequence, 1, RecordType.String, default, 0, "key"u8, new byte[100], CountDelta.Plus,
                    hadExpiry: false);
                log.Commit();
                if (sequence % 50 == 0) Turn();
            }

            log.BeginClose();
            while (!log.IsClosed) Turn();
            log.Dispose();
            pool.Close();
            using LogReader reader = new(disk, LogCatalog.Open(disk, root).Cores[0]);
            int records = 0;
            while (reader.Read()) records++;
            Assert.That((records, reader.End.IsSealed), Is.EqualTo((2000, true)));

            void Turn()
            {
                log.Turn(clock.MonotonicMicroseconds);
                pool.Step();
                io.Wait(1000);
                io.Poll(new NoConnections());
                Assert.That(log.HasFailed, Is.False);
            }
        }
        finally
        {
            Directory.Delete(root, true);
        }
    }

    private sealed class NoConnections : ITransportHandler
    {
        public void Accepted(AcceptedSocket socket) => Assert.Fail();

        public unsafe void Received(int connection, byte* data, int length) => Assert.Fail();

        public void Hangup(int connection, int errno) => Assert.Fail();

        public void Drained(int connection) => Assert.Fail();

        public void Closed(int connection) => Assert.Fail();

        public void EndOfBatch()
        {
        }
    }
}
