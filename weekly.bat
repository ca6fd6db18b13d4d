@echo off
rem The main job on Windows, by a double click: set up, check, maps and pages, then open them.
rem ASCII only: cmd.exe reads this file in the code page of the machine. Vietnamese is said by Python.
setlocal
pushd "%~dp0"
chcp 65001 >nul
set PYTHONUTF8=1
set "PY="
for %%V in (3.13 3.12 3.11) do if not defined PY py -%%V -c "" >nul 2>&1 && set "PY=py -%%V"
if not defined PY py -3 -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>&1 && set "PY=py -3"
if not defined PY python -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>&1 && set "PY=python"
if not defined PY (
  echo Can cai dat Python 3.11 tro len / Python 3.11 or newer is needed: https://www.python.org/downloads/
  pause
  exit /b 1
)
%PY% tools\prepare.py run || goto failed
.venv\Scripts\lsinfra.exe weekly %* || goto failed
start "" maps\index.html
exit /b 0
:failed
pause
exit /b 1
